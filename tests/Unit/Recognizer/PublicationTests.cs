using System.Text;
using System.Text.Json.Nodes;
using Sightline.Faces;
using Sightline.People;
using Sightline.Recognizer.Published;
using Sightline.Unit.People;
using Sightline.Unit.Wire;
using Sightline.Wire;

namespace Sightline.Unit.Recognizer;

/// <summary>A gallery that was published: what is in it, and how a process without its file follows it.</summary>
public sealed class PublicationTests : GalleryFixture
{
    private readonly Lines _log = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Url => $"file://{Folder}/published";

    private string Temporary => Directory.CreateDirectory(Path.Combine(Folder, "tmp")).FullName;

    [Fact]
    public async Task It_names_the_same_people_by_the_same_vectors_and_threshold_and_holds_nothing_else_of_them()
    {
        var gallery = Open();
        Enroll(gallery, "Ada", Vector(0));
        Enroll(gallery, "Ada", Vector(0, 1, 0.3f));
        Enroll(gallery, "Zoë", Vector(2));
        using (var other = Gallery.Open(GalleryPath, Model with { Name = "another" }, Time)) Enroll(other, "Only known to another", Vector(3));
        gallery.Calibrate(0.61f, "a test");
        await PublishAsync(gallery);

        using var published = Published();
        var copy = await published.OpenAsync(Model, Ct);

        Assert.Equal(["Ada", "Zoë"], copy.List().Select(person => person.Name));
        Assert.Equal(gallery.List().Where(person => person.Name != "Only known to another").Select(person => person.Id), copy.List().Select(person => person.Id));
        var (here, there) = (gallery.Match(Vector(0, 2, 0.2f)), copy.Match(Vector(0, 2, 0.2f)));
        Assert.Equal((here.PersonId, here.Name, here.Similarity, here.Margin), (there.PersonId, there.Name, there.Similarity, there.Margin));
        Assert.Equal(gallery.Threshold, copy.Threshold);
        Assert.Equal(3, copy.PhotosWithoutPicture());
        // Neither pictures, nor where they came from, nor another model's vectors, nor whom only that knows.
        var bytes = File.ReadAllBytes(Directory.GetFiles(Path.Combine(Folder, "published"), "gallery-*.db").Single());
        foreach (var trace in new[] { "test.jpg", "Only known to another", "another-" }) Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(trace)) < 0, trace);
        Assert.True(bytes.AsSpan().IndexOf("Ada"u8) >= 0);
    }

    [Fact]
    public async Task The_same_gallery_is_the_same_object_and_an_older_one_is_deleted_with_whom_it_knew()
    {
        var gallery = Open();
        Enroll(gallery, "Ada", Vector(0));
        Enroll(gallery, "Eve", Vector(1));
        var first = await PublishAsync(gallery);
        Assert.Equal((2, Model.Id, Model.Name, 0), (first.Now.People, first.Now.ModelId, first.Now.Model, first.Deleted));
        Assert.Equal(first.Now.Key, (await PublishAsync(gallery)).Now.Key);
        await File.WriteAllTextAsync(Path.Combine(Folder, "published", "gallery-notes.db"), "somebody else's", Ct);

        Assert.True(gallery.Remove("Eve", out _));
        var second = await PublishAsync(gallery);

        Assert.Equal((1, 1), (second.Now.People, second.Deleted));
        Assert.Equal([second.Now.Key, "gallery-notes.db", "gallery.json"], Directory.GetFiles(Path.Combine(Folder, "published")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(Url, gallery.PublishedTo);
    }

    [Fact]
    public async Task Another_gallery_is_in_force_when_a_minute_has_passed_and_not_before()
    {
        var gallery = Open();
        Enroll(gallery, "Ada", Vector(0));
        await PublishAsync(gallery);
        using var published = Published();
        var first = await published.OpenAsync(Model, Ct);
        Enroll(gallery, "Bob", Vector(1));
        await PublishAsync(gallery);

        Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Same(first, await published.CurrentAsync(Ct));
        Time.Advance(TimeSpan.FromSeconds(1));
        var second = await published.CurrentAsync(Ct);

        Assert.Equal("Bob", second.Match(Vector(1)).Name);
        Assert.Equal("Ada", first.Match(Vector(0)).Name); // who still looks in it may
        Assert.Contains(_log.Written, line => line.Contains("another one now: 2 people", StringComparison.Ordinal));
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(second, await published.CurrentAsync(Ct));
    }

    [Fact]
    public async Task What_is_wrong_with_a_later_one_leaves_the_one_before_in_force_and_is_told_once()
    {
        var gallery = Open();
        Enroll(gallery, "Ada", Vector(0));
        await PublishAsync(gallery);
        using var published = Published();
        var first = await published.OpenAsync(Model, Ct);
        var pointer = Path.Combine(Folder, "published", "gallery.json");
        var good = await File.ReadAllTextAsync(pointer, Ct);

        foreach (var broken in new[] { "{", "{}", good.Replace("\"gallery-", "\"../gallery-", StringComparison.Ordinal), Changed(good, "sha256", new string('0', 64)), Changed(good, "model_id", "other", "sha256", new string('1', 64)) })
        {
            await File.WriteAllTextAsync(pointer, broken, Ct);
            Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Same(first, await published.CurrentAsync(Ct));
        }
        File.Delete(pointer);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Same(first, await published.CurrentAsync(Ct));
        Assert.Single(_log.Written, line => line.Contains("cannot be reached", StringComparison.Ordinal));

        Enroll(gallery, "Bob", Vector(1));
        await PublishAsync(gallery);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await published.CurrentAsync(Ct)).Count);
        Assert.Contains(_log.Written, line => line.Contains("can be reached again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task At_the_start_what_is_wrong_is_an_error_that_says_what_to_do()
    {
        using (var nothing = Published())
        {
            Assert.Contains("sightline people publish", (await Assert.ThrowsAsync<GalleryException>(() => nothing.OpenAsync(Model, Ct))).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<GalleryException>(() => nothing.ModelAsync(Ct));
        }
        await PublishAsync(Open());
        using (var other = Published())
        {
            Assert.Contains("this recognizer has mobilefacenet", (await Assert.ThrowsAsync<GalleryException>(() => other.OpenAsync(FaceModel.MobileFaceNet, Ct))).Message, StringComparison.Ordinal);
            Assert.Contains("model invented, which this Sightline does not know", (await Assert.ThrowsAsync<GalleryException>(() => other.ModelAsync(Ct))).Message, StringComparison.Ordinal);
        }
        var file = Directory.GetFiles(Path.Combine(Folder, "published"), "gallery-*.db").Single();
        await File.AppendAllTextAsync(file, "x", Ct);
        using (var damaged = Published()) Assert.Contains("is damaged and is not used", (await Assert.ThrowsAsync<GalleryException>(() => damaged.OpenAsync(Model, Ct))).Message, StringComparison.Ordinal);
        File.Delete(file);
        using (var missing = Published()) Assert.Contains("is not there; publish again", (await Assert.ThrowsAsync<GalleryException>(() => missing.OpenAsync(Model, Ct))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Temporary));
    }

    private Task<GalleryPublished> PublishAsync(Gallery gallery)
    {
        var store = ObjectStore.At(Url);
        return Publication.PublishAsync(gallery, Model.Name, store, Time, Ct);
    }

    private PublishedGallery Published() => new(ObjectStore.At(Url), Temporary, _log, Time);

    private static string Changed(string json, params string[] changes)
    {
        var pointer = JsonNode.Parse(json)!;
        for (var i = 0; i < changes.Length; i += 2) pointer[changes[i]] = changes[i + 1];
        return pointer.ToJsonString();
    }
}
