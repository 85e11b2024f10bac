import { runCommand } from "./command";

export interface CurlAnswer {
  /** HTTP status, or 0 where the connection did not come about. */
  readonly status: number;
  readonly body: string;
  /** curl's own words where the connection did not come about. */
  readonly problem: string;
}

export interface CurlRequest {
  readonly url: string;
  readonly certificateAuthorityFile: string;
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Runs the system's curl. Headers reach it on standard input, so that no token shows in the list of processes.
 * @throws {Error} where curl is not installed.
 */
export async function curl({
  url,
  certificateAuthorityFile,
  clientCertificate,
  headers = {},
}: CurlRequest): Promise<CurlAnswer> {
  const settings = [
    `url = ${quoted(url)}`,
    `cacert = ${quoted(certificateAuthorityFile)}`,
    ...(clientCertificate === undefined
      ? []
      : [`cert = ${quoted(clientCertificate.certificateFile)}`, `key = ${quoted(clientCertificate.keyFile)}`]),
    ...Object.entries(headers).map(([name, value]) => `header = ${quoted(`${name}: ${value}`)}`),
    "max-time = 30",
    "silent",
    "show-error",
    'write-out = "\\n%{http_code}"',
  ];
  const { code, stdout, stderr } = await runCommand("curl", ["--disable", "--noproxy", "*", "--config", "-"], {
    input: settings.join("\n"),
  });
  const split = stdout.lastIndexOf("\n");
  const body = stdout.slice(0, Math.max(split, 0));
  return { status: code === 0 ? Number(stdout.slice(split + 1)) : 0, body, problem: stderr.trim() };
}

const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
