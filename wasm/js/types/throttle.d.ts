// What holds retries back while too many fail.

/** A bucket that failures empty and successes fill; retries go while it is more than half full (gRPC's). */
export interface TokenBucketOptions {
  type?: "TOKEN_BUCKET";
  /** Above 0 to 1000; 10 by default. */
  maxTokens?: number;
  /** What a success puts in; 0.1 by default. */
  tokenRatio?: number;
}

/** A quota that retries draw from and successes pay back (that of the AWS SDKs). */
export interface QuotaOptions {
  type: "QUOTA";
  /** 500 by default. */
  capacity?: number;
  /** Of a retry; 5 by default. */
  cost?: number;
  /** Of a retry after a sign of overload; 10 by default. */
  overloadCost?: number;
  /** What a success without a retry pays in; 1 by default. */
  refund?: number;
}

/** A share of the first attempts, and a fixed number a second on top (Finagle's). */
export interface RatioOptions {
  type: "RATIO";
  /** 0.2 by default. */
  share?: number;
  /** 10 by default. */
  perSecond?: number;
  /** In ms, 1000 to 60,000; 10,000 by default. */
  window?: number;
}

/** Holds retries back while too many fail, over all calls that it is given to. First attempts it never holds back. */
export class RetryThrottle {
  constructor(options?: TokenBucketOptions | QuotaOptions | RatioOptions);
}
