namespace KvStore.Core.Files;

/// <summary>A data directory cannot be used. The message is one line for the person who named it: the path and why.</summary>
public class DataDirectoryException : IOException
{
    /// <summary>Says why.</summary>
    public DataDirectoryException(string message, Exception? cause = null) : base(message, cause)
    {
        // So that a full disk is told from a broken one, here as elsewhere.
        HResult = cause?.HResult ?? HResult;
    }
}
