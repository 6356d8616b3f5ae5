using System.Buffers;
using KvStore.Core.Errors;

namespace KvStore.Core.Store.Batches;

/// <summary>The result of one operation of a batch.</summary>
/// <param name="Kind">What the operation does.</param>
/// <param name="Error"><see cref="ErrorCode.None"/>; or what the operation would have met alone.</param>
/// <param name="Revision">Of the write, or of the value that was read. For <see cref="ErrorCode.RevisionMismatch"/> the key's current one:
/// 0 where it does not exist, and -1 where the same batch would have given it one.</param>
/// <param name="Created">Whether the key that was set did not exist before.</param>
/// <param name="ContentType">The content type of the value that was read.</param>
/// <param name="ExpiresAt">When the key that was read expires, in Unix milliseconds; 0 = never.</param>
public readonly record struct BatchResult(
    BatchKind Kind, ErrorCode Error, long Revision = 0, bool Created = false, string ContentType = "", long ExpiresAt = 0);

/// <summary>Takes the results of a batch, in the order of its operations.</summary>
public interface IBatchResults
{
    /// <summary>Where the value that the next result is about is written to, whole; forgets the one before.</summary>
    IBufferWriter<byte> BeginValue();

    /// <summary>Takes a result.</summary>
    /// <returns>Whether it takes more: false ends the turn, and those taken can be sent before the next.</returns>
    bool Add(in BatchResult result);
}

/// <summary>What became of an atomic batch.</summary>
public abstract class BatchOutcome
{
    /// <summary>The first operation that could not be carried out; -1 where all were.</summary>
    public int FailedOperation { get; protected set; } = -1;

    /// <summary>What that operation met.</summary>
    public BatchResult Failure { get; protected set; }

    /// <summary>Of what the batch has more than it may; null where it is not too large.</summary>
    public BatchExcess? Excess { get; protected set; }

    /// <summary>What the log says that has no room for the writes; <see cref="ErrorCode.None"/> where it has.</summary>
    public ErrorCode Refusal { get; protected set; }

    /// <summary>Whether the batch was carried out. If not, nothing of it was.</summary>
    public bool IsCarriedOut => FailedOperation < 0 && Excess is null && Refusal == ErrorCode.None;

    /// <summary>Gives results, of a batch that was carried out.</summary>
    /// <param name="start">The first operation whose result is wanted.</param>
    /// <param name="results">Receives them, until it takes no more.</param>
    /// <returns>The first operation whose result has not been given.</returns>
    public abstract int Deliver(int start, IBatchResults results);
}

/// <summary>What an atomic batch has too much of.</summary>
/// <param name="Of">Such as <c>writes</c>.</param>
/// <param name="Limit">The most.</param>
public sealed record BatchExcess(string Of, long Limit);
