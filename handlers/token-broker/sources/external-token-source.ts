/** A token of the outside identity provider. */
export interface ExternalToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Where the broker's own external token comes from; each kind is a module of its own in this folder. */
export interface ExternalTokenSource {
  /** RFC 8693 `subject_token_type` of what `fetch` gives. */
  readonly subjectTokenType: string;
  /** Asks anew each time. @throws {UpstreamError} */
  fetch(signal: AbortSignal): Promise<ExternalToken>;
}
