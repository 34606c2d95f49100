using Sightline.Faces.Detection;

namespace Sightline.Unit.Faces.Mtcnn;

public sealed class CrewTests
{
    [Fact]
    public void Every_piece_is_done_once_in_round_after_round()
    {
        var crew = new Crew();
        for (var round = 0; round < 2000; round++)
        {
            var done = new int[1 + (round % 7)];
            crew.Run(done.Length, threads: 1 + (round % 4), (index, _) => Interlocked.Increment(ref done[index]));
            Assert.All(done, times => Assert.Equal(1, times));
        }
    }

    [Fact]
    public void Nobody_shares_buffers()
    {
        var crew = new Crew();
        for (var round = 0; round < 200; round++)
        {
            var users = new System.Collections.Concurrent.ConcurrentDictionary<Workspace, int>();
            crew.Run(20, threads: 4, (_, work) =>
            {
                Assert.Equal(1, users.AddOrUpdate(work, 1, (_, at) => at + 1));
                Thread.Yield();
                users.AddOrUpdate(work, 0, (_, at) => at - 1);
            });
            Assert.InRange(users.Count, 1, 4);
        }
    }

    [Fact]
    public void What_fails_on_a_helpers_thread_fails_at_the_caller()
    {
        var crew = new Crew();
        for (var round = 0; round < 50; round++)
        {
            var done = 0;
            var failure = Assert.Throws<InvalidOperationException>(() => crew.Run(10, threads: 3, (index, _) =>
            {
                Interlocked.Increment(ref done);
                if (index == 6) throw new InvalidOperationException("the sixth");
            }));
            Assert.Equal(("the sixth", 10), (failure.Message, done));
        }
    }
}
