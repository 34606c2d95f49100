using Sightline.Wire;

namespace Sightline.Unit.Wire;

/// <summary>Messages as people see them: what they are, and without their pictures.</summary>
public sealed class QueueContentTests
{
    private static readonly string Blob = Convert.ToBase64String(new byte[300]);

    [Fact]
    public void A_request_and_an_answer_are_told_by_what_is_in_them()
    {
        var request = QueueContent.Of($$$"""
            {"request_id":"r","device":"d","received_at":"2026-05-04T10:00:00Z","width":640,"height":480,"faces_dropped":1,"faces":[
              {"box":[1,2,3,4],"score":1,"landmarks":[[1,1],[2,2],[3,3],[4,4],[5,5]],"crops":{"160-box":"{{{Blob}}}","112-five-points":"{{{Blob}}}"}},
              {"box":[1,2,3,4],"score":1,"landmarks":[[1,1],[2,2],[3,3],[4,4],[5,5]],"crops":{"112-five-points":"{{{Blob}}}"}}]}
            """);
        Assert.Equal(new("a request: 2 faces, 1 left out of a frame of 640x480, crops 112-five-points, 160-box", "r", "d", null), request);
        var answer = QueueContent.Of("""{"request_id":"r","device":"d","result":"Failed","reason":"no crop"}""");
        Assert.Equal(new("an answer: Failed, no crop", "r", "d", null), answer);
    }

    [Theory]
    [InlineData("hello", null)]
    [InlineData("", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("""{"request_id":"r","device":"d"}""", "r")]
    [InlineData("""{"request_id":"r","device":"d","result":""}""", "r")]
    [InlineData("""{"request_id":"r","device":"d","received_at":"2026-05-04T10:00:00Z","width":640,"height":480,"faces":[]}""", "r")]
    public void What_is_neither_says_why_it_cannot_be_read(string body, string? requestId)
    {
        var content = QueueContent.Of(body);
        Assert.Equal(("a message that is neither request nor answer", requestId), (content.What, content.RequestId));
        Assert.NotNull(content.Problem);
    }

    [Fact]
    public void Long_base64_makes_room_for_its_size_and_everything_else_stays()
    {
        var body = $$$"""{"encoded":"{{{Blob}}}","list":["{{{Blob}}}",1],"short":"AAAA","name":"Zoë & Bob","words":"{{{new string('a', 200)}}} {{{new string('b', 200)}}}","odd":"{{{new string('a', 201)}}}","box":[1.50,2],"deep":{"x":null,"y":true}}""";
        Assert.Equal(
            $$$"""{"encoded":{"bytes":300},"list":[{"bytes":300},1],"short":"AAAA","name":"Zoë & Bob","words":"{{{new string('a', 200)}}} {{{new string('b', 200)}}}","odd":"{{{new string('a', 201)}}}","box":[1.50,2],"deep":{"x":null,"y":true}}""",
            BlobFree.Json(body, indented: false));
        Assert.Contains("\"box\": [1.50, 2],", BlobFree.Json(body, indented: true), StringComparison.Ordinal);
        Assert.Contains("\"encoded\": {\"bytes\": 300},", BlobFree.Json(body, indented: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("")]
    [InlineData("{\"half\":")]
    [InlineData("\"\\ud800\"")]
    public void What_is_no_JSON_is_told_as_that(string body) => Assert.Null(BlobFree.Json(body, indented: false));
}
