import { z } from "zod";
import { isTrustDomainName } from "../peer/spiffe-id";
import { file, seconds } from "./fields";

const limitsSchema = z
  .strictObject({
    /** How many connections may be open; one more is closed at once. */
    connections: z.int("expected a whole number").min(1, "expected at least 1").default(10_000),
    /** Bytes of all headers of a request. */
    headerBytes: z
      .int("expected a whole number of bytes")
      .min(2_048, "expected at least 2048 bytes")
      .max(65_536, "expected at most 65536 bytes")
      .default(16_384),
    handshakeSeconds: seconds(1, 60).default(5),
    /** From the first byte of a request to its last. */
    requestSeconds: seconds(1, 300).default(10),
    /** For which a connection without a request stays open. */
    idleSeconds: seconds(1, 3_600).default(65),
  })
  .prefault({});

const mutualTlsSchema = z
  .strictObject({
    kind: z.literal("mutual-tls"),
    certificateFile: file,
    keyFile: file,
    /** Authorities of clients; with `trustDomains`, of those without a SPIFFE ID only. */
    clientCaFile: file,
    /** Bundles of SPIFFE trust domains: an ID is believed only when its own domain's bundle vouches for it. */
    trustDomains: z
      .array(
        z.strictObject({
          name: z.string().refine(isTrustDomainName, "expected the name of a trust domain, such as ailab.com"),
          caFile: file,
        }),
      )
      .min(1, "expected at least one trust domain")
      .optional(),
    limits: limitsSchema,
  })
  .superRefine(({ trustDomains = [] }, context) => {
    trustDomains.forEach(({ name }, index) => {
      if (trustDomains.findIndex((other) => other.name === name) !== index) {
        const path = ["trustDomains", index, "name"];
        context.addIssue({ code: "custom", path, message: "expected each trust domain once" });
      }
    });
  });

/** How clients reach the broker and prove who they are. */
export const listenerSchema = z.discriminatedUnion(
  "kind",
  [z.strictObject({ kind: z.literal("front") }), mutualTlsSchema],
  {
    error: 'expected an object whose kind is "front" or "mutual-tls"',
  },
);

/** A listener of its own for probes and metrics: plain HTTP, no tokens. */
export const adminSchema = z.strictObject({
  host: z.string().min(1, "expected a host").default("127.0.0.1"),
  port: z.int("expected a port number").min(0, "expected a port number").max(65_535, "expected a port number"),
});

export type ListenerConfig = z.output<typeof listenerSchema>;
export type MutualTlsConfig = z.output<typeof mutualTlsSchema>;
export type ConnectionLimits = MutualTlsConfig["limits"];
export type AdminConfig = z.output<typeof adminSchema>;
