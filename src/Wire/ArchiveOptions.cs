namespace Sightline.Wire;

/// <summary>Which faces are archived.</summary>
public enum ArchiveWhat
{
    /// <summary>None.</summary>
    Off,

    /// <summary>Those without a name.</summary>
    Unknown,

    /// <summary>All of them.</summary>
    All,
}

/// <summary>Where answers, crops and frames are kept, and which.</summary>
public sealed record ArchiveOptions
{
    /// <summary>As <see cref="ObjectStore.At"/> takes it.</summary>
    public required string Url { get; init; }

    public ArchiveWhat What { get; init; } = ArchiveWhat.Unknown;

    /// <summary>Whether the frames are kept too, which only the core has.</summary>
    public bool Frames { get; init; }

    /// <summary>What was received earlier is deleted, of a folder only: a bucket has its lifecycle. Null: nothing is.</summary>
    public int? Days { get; init; }

    /// <summary>A server that speaks S3's protocol and is not Amazon's; null: Amazon's.</summary>
    public Uri? S3Endpoint { get; init; }

    /// <summary>Answers, or frames, that wait at the most: with the next one the oldest gives way.</summary>
    public int MostWaiting { get; init; } = 5_000;

    /// <summary>Of all that waits. An answer with one face takes 8 kB, so that these are 5,000 of them and some; or 300 frames of 200 kB.</summary>
    public long MostBytes { get; init; } = 64 << 20;

    /// <summary>As options and variables name it; null: no such word.</summary>
    public static ArchiveWhat? WhatOf(string word) => word switch
    {
        "off" => ArchiveWhat.Off,
        "unknown" => ArchiveWhat.Unknown,
        "all" => ArchiveWhat.All,
        _ => null,
    };

    /// <summary>By which it is remembered.</summary>
    public string Name => Url.TrimEnd('/');

    /// <exception cref="WireException">The URL is no place for objects, or one with which days do not go together.</exception>
    public ObjectStore Connect()
    {
        // What follows it in a key takes 500 at the most (ArchiveKeys), of S3's 1,024.
        const int LongestUrl = 500;
        if (Url.Length > LongestUrl) throw new WireException($"the archive's URL has {Url.Length} characters; {LongestUrl} are taken: give a shorter prefix");
        var store = ObjectStore.At(Url, S3Endpoint);
        if (Days is null || IsFolder) return store;
        store.Dispose();
        throw new WireException($"--archive-days {Days} is for a folder, and {Url} is a bucket: give it a lifecycle rule that expires objects (docs/operate.md#the-archive), and leave the option out");
    }

    private bool IsFolder => Url.StartsWith("file:", StringComparison.Ordinal);
}
