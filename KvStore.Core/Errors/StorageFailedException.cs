namespace KvStore.Core.Errors;

/// <summary>An answer cannot be given, as it would tell of writes that the disk has failed to keep: <see cref="ErrorCode.NotReady"/>.</summary>
public sealed class StorageFailedException() : Exception("The disk has failed, and what it has not kept cannot be told.")
{
    /// <summary>Fails where a part of an answer could not be read for that reason: to leave it out would tell that it is not there.</summary>
    public static void ThrowIf(ErrorCode error)
    {
        if (error == ErrorCode.NotReady)
        {
            throw new StorageFailedException();
        }
    }
}
