using Sightline.Train.Kit;

namespace Sightline.Train.Recipes;

/// <summary>Everything that the next step depends on, in one file, so that a stopped run goes on as if it had not been stopped.</summary>
internal static class Checkpoint
{
    private const uint Magic = 0x53_4C_54_32; // "SLT2"

    /// <summary>What must be the same for going on to make sense: another seed has other samples, another length another schedule.</summary>
    public readonly record struct Plan(ulong Seed, long Steps);

    public static void Write(string file, Plan plan, Adam optimizer, double seconds)
    {
        var part = file + ".part";
        using (var writer = new BinaryWriter(File.Create(part)))
        {
            writer.Write(Magic);
            writer.Write(plan.Seed);
            writer.Write(plan.Steps);
            writer.Write(optimizer.Step);
            writer.Write(seconds);
            foreach (var (name, values) in optimizer.State)
            {
                writer.Write(name);
                writer.Write(values.Length);
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            }
        }
        File.Move(part, file, overwrite: true);
    }

    /// <summary>Seconds of training that went into it.</summary>
    /// <exception cref="InvalidDataException">It is of another network or another plan.</exception>
    public static double Read(string file, Plan plan, ParameterSet parameters, Adam optimizer)
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        if (reader.ReadUInt32() != Magic) throw new InvalidDataException($"{file} is no checkpoint of this program");
        var found = new Plan(reader.ReadUInt64(), reader.ReadInt64());
        if (found != plan)
            throw new InvalidDataException($"{file}: got a checkpoint of seed {found.Seed} and {found.Steps} steps, wanted seed {plan.Seed} and {plan.Steps} steps; give the old --seed and --length, or another --out");
        optimizer.Step = reader.ReadInt64();
        var seconds = reader.ReadDouble();
        foreach (var (name, values) in optimizer.State)
        {
            var (stored, length) = (reader.ReadString(), reader.ReadInt32());
            if (stored != name || length != values.Length)
                throw new InvalidDataException($"{file}: got {stored} of {length} values, wanted {name} of {values.Length}; delete it to begin anew");
            reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        }
        foreach (var parameter in parameters.All) parameter.Version++;
        return seconds;
    }
}
