import "reflect-metadata";
import { ExtendedKeyUsage } from "@peculiar/x509";
import {
  authorityKeyUsage,
  createAuthority,
  issueLeaf,
  temporaryFolder,
} from "../../handlers/token-broker/testing/certificates";

/** What all contenders serve with: P-256, a root and an intermediate on both sides. */
export interface Certificates {
  readonly directory: string;
  /** The leaf, then the intermediate. */
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** The root, which each side trusts. */
  readonly authority: string;
  /** Writes another file beside them and returns its path. */
  write(name: string, content: string): string;
  remove(): void;
}

export const benchSpiffeId = "spiffe://ailab.com/bench/client";

export async function makeCertificates(): Promise<Certificates> {
  const folder = temporaryFolder();
  const root = await createAuthority("Bench root");
  const intermediate = await issueLeaf(root, {
    commonName: "Bench intermediate",
    ca: true,
    pathLength: 0,
    keyUsage: authorityKeyUsage,
    extendedKeyUsage: false,
  });
  const [server, client] = await Promise.all([
    issueLeaf(intermediate, {
      commonName: "localhost",
      names: [{ type: "dns", value: "localhost" }],
      extendedKeyUsage: [ExtendedKeyUsage.serverAuth],
    }),
    issueLeaf(intermediate, { names: [{ type: "url", value: benchSpiffeId }] }),
  ]);
  const chain = (leaf: string) => `${leaf}${intermediate.certificatePem}`;
  return {
    directory: folder.path,
    serverCertificate: folder.write("server.pem", chain(server.certificatePem)),
    serverKey: folder.write("server.key", server.keyPem),
    clientCertificate: folder.write("client.pem", chain(client.certificatePem)),
    clientKey: folder.write("client.key", client.keyPem),
    authority: folder.write("root.pem", root.certificatePem),
    write: (name, content) => folder.write(name, content),
    remove: () => folder.remove(),
  };
}
