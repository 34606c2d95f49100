using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Sightline.Bench;

/// <summary>
/// Who allocates in this process: the runtime tells one allocation in about 100 kB, with the calls that led to it
/// (AllocationTick, https://learn.microsoft.com/dotnet/fundamentals/diagnostics/runtime-garbage-collection-events). An allocation is of the innermost code that is not .NET's own.
/// </summary>
internal sealed class Allocations : IAsyncDisposable
{
    public const string Own = "Sightline";

    /// <summary>The load generator, which elsewhere is another machine.</summary>
    public const string Camera = "Sightline's camera";
    public const string Mqttnet = "MQTTnet";
    public const string AwsSdk = "AWS SDK";

    private static readonly string[] Libraries = ["Microsoft.AspNetCore", "Microsoft.Data.Sqlite", "SQLitePCL", "SkiaSharp", "Microsoft.ML"];

    private readonly string _file = Path.GetTempFileName();
    private readonly EventPipeSession _session;
    private readonly Task _copying;

    public Allocations()
    {
        _session = new DiagnosticsClient(Environment.ProcessId).StartEventPipeSession(
            [new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Verbose, (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.Jit | ClrTraceEventParser.Keywords.Loader))]);
        _copying = CopyAsync();
    }

    private async Task CopyAsync()
    {
        await using var to = File.Create(_file);
        await _session.EventStream.CopyToAsync(to);
    }

    /// <summary>What was told since the start.</summary>
    public async Task<IReadOnlyList<Allocated>> StopAsync()
    {
        await _session.StopAsync(CancellationToken.None);
        await _copying;
        var converted = TraceLog.CreateFromEventPipeDataFile(_file);
        try
        {
            using var log = new TraceLog(converted);
            return [.. log.Events.ByEventType<GCAllocationTickTraceData>().Select(Read)];
        }
        finally
        {
            File.Delete(converted);
        }
    }

    private static Allocated Read(GCAllocationTickTraceData tick)
    {
        for (var frame = tick.CallStack(); frame is not null; frame = frame.Caller)
        {
            var module = frame.CodeAddress.ModuleName; // of an assembly, without .dll
            if (OwnerOf(module) is { } owner) return new(owner, $"{module}!{frame.CodeAddress.FullMethodName}", tick.TypeName, tick.AllocationAmount64, tick.AllocationKind == GCAllocationKind.Large);
        }
        return new(".NET", "", tick.TypeName, tick.AllocationAmount64, tick.AllocationKind == GCAllocationKind.Large);
    }

    private static string? OwnerOf(string module) => module switch
    {
        "Sightline.Device" => Camera,
        _ when module.StartsWith("Sightline", StringComparison.OrdinalIgnoreCase) => Own,
        _ when module.StartsWith("MQTTnet", StringComparison.Ordinal) => Mqttnet,
        _ when module.StartsWith("AWSSDK", StringComparison.Ordinal) => AwsSdk,
        _ when Libraries.Any(library => module.StartsWith(library, StringComparison.Ordinal)) => module,
        _ => null,
    };

    public ValueTask DisposeAsync()
    {
        _session.Dispose();
        File.Delete(_file);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One sample, which stands for all since the one before.</summary>
/// <param name="Owner">Whose code it is.</param>
/// <param name="Method">The innermost method of theirs.</param>
/// <param name="Type">Of what was allocated.</param>
/// <param name="Bytes">Since the sample before.</param>
/// <param name="Large">Whether it lies on the large-object heap.</param>
internal sealed record Allocated(string Owner, string Method, string Type, long Bytes, bool Large);
