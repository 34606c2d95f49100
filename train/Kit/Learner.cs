using System.Numerics.Tensors;

namespace Sightline.Train.Kit;

/// <summary>A copy of a network with whatever it needs to make its part of a batch and judge the result. Used by one thread at a time.</summary>
internal interface ITrainee
{
    IReadOnlyList<Slot> Slots { get; }

    /// <summary>Makes some samples of a step, runs them forwards and backwards and adds to the gradients of <see cref="Slots"/>.</summary>
    /// <param name="step">Which step of the training this is.</param>
    /// <param name="first">Number of the first sample within the step.</param>
    /// <param name="count">How many.</param>
    /// <param name="batch">Samples of the whole step, over which losses are averaged.</param>
    void Learn(long step, int first, int count, int batch);

    /// <summary>Last change of the summed gradients, before the optimizer; called on the first copy only.</summary>
    void Finish(IReadOnlyList<float[]> gradients);
}

/// <summary>
/// Spreads a batch over copies of a network. The number of copies is fixed and gradients are summed in their order, so the
/// result does not depend on how many threads there are, nor on which of them was faster.
/// </summary>
internal sealed class Learner<T>(ParameterSet parameters, Func<ParameterSet, T> copy, Learner<T>.Split split) where T : ITrainee
{
    /// <summary>How a batch is divided.</summary>
    /// <param name="Copies">Of the network: as many threads can be busy.</param>
    /// <param name="Parts">Of a batch that one copy does one after the other.</param>
    /// <param name="Samples">Of one part.</param>
    /// <param name="Threads">At once.</param>
    public sealed record Split(int Copies, int Parts, int Samples, int Threads)
    {
        public int Batch => Copies * Parts * Samples;
    }

    private readonly T[] _copies = [.. Enumerable.Range(0, split.Copies).Select(_ => copy(parameters))];

    public IReadOnlyList<T> Copies => _copies;

    public void Step(Adam optimizer)
    {
        Parallel.For(0, _copies.Length, new ParallelOptions { MaxDegreeOfParallelism = split.Threads }, index =>
        {
            var trainee = _copies[index];
            foreach (var slot in trainee.Slots) Array.Clear(slot.Gradient);
            for (var part = 0; part < split.Parts; part++)
                trainee.Learn(optimizer.Step, ((index * split.Parts) + part) * split.Samples, split.Samples, split.Batch);
        });
        var sums = _copies[0].Slots.Select(slot => slot.Gradient).ToArray();
        for (var i = 1; i < _copies.Length; i++)
        {
            for (var s = 0; s < sums.Length; s++) TensorPrimitives.Add(sums[s], _copies[i].Slots[s].Gradient, sums[s]);
        }
        _copies[0].Finish(sums);
        optimizer.Update(sums, split.Copies * split.Parts);
    }
}
