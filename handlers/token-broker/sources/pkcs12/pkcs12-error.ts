/** Why a PKCS#12 file gives no key and certificate. */
export type Pkcs12Fault =
  | "malformed"
  | "java_keystore"
  | "wrong_password"
  | "unsupported_algorithm"
  | "no_key"
  | "several_keys"
  | "no_certificate";

export class Pkcs12Error extends Error {
  override readonly name = "Pkcs12Error";
  readonly fault: Pkcs12Fault;
  /** An object identifier, for `unsupported_algorithm`. */
  readonly algorithm: string | undefined;

  constructor(fault: Pkcs12Fault, algorithm?: string) {
    super(algorithm === undefined ? fault : `${fault} ${algorithm}`);
    this.fault = fault;
    this.algorithm = algorithm;
  }
}
