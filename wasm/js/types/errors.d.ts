// The error of everything that is refused.

/** What is wrong, in `code`, in a form that stays: `config.out_of_range`, `outbox.full`, … */
export class SteadfastError extends Error {
  constructor(code: string, message: string, field?: string);
  readonly name: "SteadfastError";
  readonly code: string;
  /** The refused option, such as `retry.maxDelay`. */
  readonly field?: string;
  /** In how many ms a probe may go, if a circuit is open. */
  readonly retryIn?: number;
  /** For how many ms the server asked to be left alone, if that was too long to wait. */
  readonly retryAfter?: number;
}
