using System.Text;
using System.Text.Json;
using Sightline.Broker.Lambda;
using Sightline.Recognizer.Lambda;

namespace Sightline.Unit.Broker.Lambda;

/// <summary>What a response says of a batch, by Lambda's documented conditions of success and failure.</summary>
public sealed class BatchOutcomeTests
{
    private static readonly string[] Ids = ["id1", "id2", "id3"];

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(" null \n")]
    [InlineData("""{"batchItemFailures":[]}""")]
    [InlineData("""{"batchItemFailures":null}""")]
    [InlineData("""{"somethingElse":[{"itemIdentifier":"id1"}]}""")]
    public void These_say_that_all_is_done(string response)
    {
        var outcome = Read(response);
        Assert.Empty(outcome.Failed);
        Assert.Null(outcome.Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SUCCESS")]
    [InlineData("{} {}")]
    [InlineData("""{"batchItemFailures":[""")]
    [InlineData("\"id1\"")]
    [InlineData("[]")]
    [InlineData("true")]
    [InlineData("""{"batchItemFailures":{}}""")]
    [InlineData("""{"batchItemFailures":"id1"}""")]
    [InlineData("""{"batchItemFailures":["id1"]}""")]
    [InlineData("""{"batchItemFailures":[null]}""")]
    [InlineData("""{"batchItemFailures":[{}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":null}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":""}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":1}]}""")]
    [InlineData("""{"batchItemFailures":[{"ItemIdentifier":"id1"}]}""")]
    [InlineData("""{"batchItemFailures":[{"itemIdentifier":"id1"},{"itemIdentifier":"id4"}]}""")]
    public void These_say_nothing_that_can_be_relied_on_so_all_of_it_comes_again(string response)
    {
        var outcome = Read(response);
        Assert.Equal(Ids, outcome.Failed.Order());
        Assert.NotNull(outcome.Problem);
    }

    [Fact]
    public void What_the_recognizer_says_is_understood_as_it_was_meant_whichever_records_failed()
    {
        for (var which = 0; which < 1 << Ids.Length; which++)
        {
            string[] failed = [.. Ids.Where((_, i) => (which & (1 << i)) != 0)];
            var response = JsonSerializer.SerializeToUtf8Bytes(new BatchResponse([.. failed.Select(id => new BatchItemFailure(id))]), LambdaJson.Default.BatchResponse);
            var outcome = BatchOutcome.Read(response, Ids);
            Assert.Equal(failed, outcome.Failed.Order());
            Assert.Null(outcome.Problem);
        }
    }

    private static BatchOutcome Read(string response) => BatchOutcome.Read(Encoding.UTF8.GetBytes(response), Ids);
}
