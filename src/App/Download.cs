using System.Net;
using System.Net.Http.Headers;
using Sightline.Faces;

namespace Sightline.App;

/// <summary>How patient a download is.</summary>
internal sealed record DownloadOptions
{
    /// <summary>No byte for so long is a stall. 30 s outlasts a Wi-Fi roaming or a laptop's short sleep, and is as long as a person waits before reaching for Ctrl-C.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections per file before giving up; each goes on where the last was cut off.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Before the second connection; doubled before each further one.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// Fetches assets into a folder. A file appears there under its name only when its SHA-256 is the published one;
/// until then it is NAME.part, which the next run goes on with.
/// </summary>
internal sealed class Download(HttpClient http, DownloadOptions options, TimeProvider time)
{
    /// <summary>Waits for another process that downloads into the same folder; dispose what comes back when done.</summary>
    public async Task<IDisposable> LockAsync(string folder, Action onWait, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        // The file stays: deleting a lock that another process may be opening would let two of them in.
        var file = Path.Combine(folder, ".lock");
        for (var first = true; ; first = false)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                if (first) onWait();
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancel);
            }
        }
    }

    /// <summary>Fetches one asset, unless it is there by now; returns its path.</summary>
    /// <param name="asset">What to fetch, and what it must be.</param>
    /// <param name="folder">Where its path starts; the caller holds its lock.</param>
    /// <param name="progress">Told how many of the asset's bytes are here; may fall when a server does not resume.</param>
    /// <param name="cancel">Leaves the .part file for the next time.</param>
    /// <exception cref="AssetException">The server has no such file, has another one, or stays silent.</exception>
    public async Task<string> FetchAsync(Asset asset, string folder, Action<long> progress, CancellationToken cancel)
    {
        var target = Path.GetFullPath(Path.Combine(folder, asset.Path));
        if (File.Exists(target) && new FileInfo(target).Length == asset.Bytes && AssetStore.TryVerify(asset, target, out _)) return target;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);

        var part = new Part(target + ".part", asset);
        for (var attempt = 1; part.Length < asset.Bytes; attempt++)
        {
            var problem = await TryOnceAsync(asset, part, progress, cancel);
            if (problem is null) break;
            if (problem.Final || attempt == options.Attempts) throw new AssetException($"{asset.Path} could not be fetched from {asset.Url}: {problem.Says}.");
            await Task.Delay(options.Pause * Math.Pow(2, attempt - 1), time, cancel);
        }
        if (!AssetStore.TryVerify(asset, part.File, out var wrong))
        {
            part.Delete();
            throw new AssetException($"{wrong} What {asset.Url} sent was deleted.");
        }
        File.Move(part.File, target, overwrite: true);
        part.Delete();
        return target;
    }

    // Final: another try would find the same.
    private sealed record Problem(string Says, bool Final);

    private async Task<Problem?> TryOnceAsync(Asset asset, Part part, Action<long> progress, CancellationToken cancel)
    {
        // One clock for the answer's head and for every read of its body; each byte that comes winds it up again.
        using var silence = new CancellationTokenSource(options.Stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancel);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, asset.Url);
            part.AskForTheRest(request);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                part.Delete();
                return new("the server cannot go on from where the last download ended; starting again", Final: false);
            }
            if (!response.IsSuccessStatusCode) return new($"the server answered {(int)response.StatusCode} {response.ReasonPhrase}", Final: !IsPassing(response.StatusCode));

            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            await using var file = part.Open(response);
            if (response.Content.Headers.ContentLength is { } length && file.Position + length != asset.Bytes)
                return new($"it has {file.Position + length} bytes there, wanted {asset.Bytes}", Final: true);
            return await CopyAsync(asset, body, file, progress, silence, either.Token) ?? (file.Position == asset.Bytes
                ? null
                : new($"the connection ended after {file.Position} of {asset.Bytes} bytes", Final: false));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new($"no byte came for {options.Stall.TotalSeconds:0.#} s, at {part.Length} of {asset.Bytes}", Final: false);
        }
        catch (HttpRequestException failure)
        {
            // .NET repeats the cause of a failed connection in its message, and of a failed handshake not.
            var cause = failure.InnerException?.Message;
            return new(cause is null || failure.Message.Contains(cause, StringComparison.Ordinal) ? failure.Message : $"{failure.Message} ({cause})", Final: false);
        }
    }

    private async Task<Problem?> CopyAsync(Asset asset, Stream body, FileStream file, Action<long> progress, CancellationTokenSource silence, CancellationToken cancel)
    {
        var buffer = new byte[81920]; // Stream.CopyTo's own size: below the large object heap's 85,000
        while (true)
        {
            silence.CancelAfter(options.Stall);
            int read;
            try
            {
                read = await body.ReadAsync(buffer, cancel);
            }
            catch (IOException failure) // the connection's; the disk's own is the caller's to hear of
            {
                return new($"{failure.Message} At {file.Position} of {asset.Bytes} bytes", Final: false);
            }
            if (read == 0) break;
            if (file.Position + read > asset.Bytes)
            {
                file.SetLength(0);
                return new($"the server sends more than the {asset.Bytes} bytes that the file has", Final: true);
            }
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
            progress(file.Position);
        }
        file.Flush(flushToDisk: true); // before the rename, or a power cut leaves a whole name on half a file
        return null;
    }

    // RFC 9110: the server's own troubles, and 408 and 429, pass; other refusals do not.
    private static bool IsPassing(HttpStatusCode code) => (int)code >= 500 || code is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    /// <summary>What is here of a file, and the server's mark (ETag) of the version it is of.</summary>
    private sealed class Part(string file, Asset asset)
    {
        private readonly string _mark = file + ".etag";

        public string File { get; } = file;

        public long Length => System.IO.File.Exists(File) ? new FileInfo(File).Length : 0;

        public void AskForTheRest(HttpRequestMessage request)
        {
            if (Length > asset.Bytes) Delete();
            if (Length == 0) return;
            request.Headers.Range = new RangeHeaderValue(Length, null);
            // If-Range makes a server whose file has changed send the whole. Without a mark the hash at the end finds it.
            if (System.IO.File.Exists(_mark) && EntityTagHeaderValue.TryParse(System.IO.File.ReadAllText(_mark), out var mark) && !mark.IsWeak)
                request.Headers.IfRange = new RangeConditionHeaderValue(mark);
        }

        /// <summary>Positioned where the body starts: at the end after 206 Partial Content, else at the beginning of an emptied file.</summary>
        public FileStream Open(HttpResponseMessage response)
        {
            var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == Length;
            if (!goesOn && response.StatusCode == HttpStatusCode.PartialContent)
                throw new AssetException($"{asset.Path} could not be fetched from {asset.Url}: asked for the bytes from {Length} on, got those from {response.Content.Headers.ContentRange?.From}.");
            if (response.Headers.ETag is { } mark) System.IO.File.WriteAllText(_mark, mark.ToString());
            else System.IO.File.Delete(_mark);
            return new FileStream(File, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read);
        }

        public void Delete()
        {
            System.IO.File.Delete(File);
            System.IO.File.Delete(_mark);
        }
    }
}
