namespace Sightline.Train.Data;

/// <summary>
/// Data written once and read by every later run: numbered files, each made from its number alone, in any order and on any
/// number of threads. A file that has its name is complete; what was half written when a run was stopped is made again.
/// </summary>
/// <param name="folder">Made if missing.</param>
/// <param name="name">Of the files; says what is in them and, by its version, how it was made.</param>
internal sealed class Shards(string folder, string name)
{
    private const int BufferSize = 1 << 20;

    public string PathOf(int number) => Path.Combine(folder, $"{name}-{number:D4}.shard");

    public void Make(int count, WorkFolder work, Action<int, BinaryWriter> write)
    {
        Directory.CreateDirectory(folder);
        var missing = Enumerable.Range(0, count).Where(number => !File.Exists(PathOf(number))).ToArray();
        var done = count - missing.Length;
        Parallel.ForEach(missing, new ParallelOptions { MaxDegreeOfParallelism = work.Threads, CancellationToken = work.Stop }, number =>
        {
            var part = PathOf(number) + ".part";
            using (var writer = new BinaryWriter(new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, BufferSize))) write(number, writer);
            File.Move(part, PathOf(number), overwrite: true);
            work.Report($"{name}: {Interlocked.Increment(ref done)} of {count} shards");
        });
    }

    public IReadOnlyList<T> Read<T>(int count, int threads, Func<BinaryReader, T> read)
    {
        var parts = new List<T>[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
        {
            var items = new List<T>();
            using var reader = new BinaryReader(new FileStream(PathOf(number), FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize));
            while (reader.BaseStream.Position < reader.BaseStream.Length) items.Add(read(reader));
            parts[number] = items;
        });
        return [.. parts.SelectMany(items => items)];
    }
}
