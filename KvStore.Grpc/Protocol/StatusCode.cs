namespace KvStore.Grpc.Protocol;

/// <summary>How a call ended. Numbers and meanings are those of https://github.com/grpc/grpc/blob/master/doc/statuscodes.md.</summary>
public enum StatusCode
{
    /// <summary>It did what it was asked for.</summary>
    Ok = 0,

    /// <summary>It was cancelled, mostly by the caller.</summary>
    Cancelled = 1,

    /// <summary>It failed in a way that has no other code.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the service.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed first.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for is not there.</summary>
    NotFound = 5,

    /// <summary>What was to be created is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>There is too much of something.</summary>
    ResourceExhausted = 8,

    /// <summary>The state of the service does not allow it.</summary>
    FailedPrecondition = 9,

    /// <summary>It was aborted, mostly because of what happened at the same time.</summary>
    Aborted = 10,

    /// <summary>It goes beyond what there is.</summary>
    OutOfRange = 11,

    /// <summary>The service does not do this.</summary>
    Unimplemented = 12,

    /// <summary>The protocol was broken, or the service has a fault.</summary>
    Internal = 13,

    /// <summary>The service is not there now; try again.</summary>
    Unavailable = 14,

    /// <summary>Data is lost.</summary>
    DataLoss = 15,

    /// <summary>The caller did not say who it is.</summary>
    Unauthenticated = 16,
}
