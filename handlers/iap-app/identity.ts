/** Who a verified IAP assertion speaks for. Nothing else in the app may stand for a person. */
export interface Identity {
  /** workforce_identity.iam_principal: the immutable key of a person; begins with our pool's prefix. */
  readonly principal: string;
  /** Normalised e-mail address. An attribute to show, never a key: addresses change hands. */
  readonly email: string;
  /** Access levels of Access Context Manager that the session met. */
  readonly accessLevels: readonly string[];
}
