/**
 * As much of GitHub's REST API as the scripts beside use, without any package: these scripts run where a token may write.
 * Source: docs.github.com/rest.
 */

/** Pages of a hundred that are read at most. */
const pageLimit = 30;

/**
 * @param {NodeJS.ProcessEnv} environment `GITHUB_TOKEN`, `GITHUB_REPOSITORY` (OWNER/NAME) and `GITHUB_API_URL`, as in a job
 */
export function githubApi(environment) {
  const token = required(environment, "GITHUB_TOKEN", /^[\x21-\x7e]+$/);
  const repository = required(environment, "GITHUB_REPOSITORY", /^[\w.-]+\/[\w.-]+$/);
  const origin = environment.GITHUB_API_URL || "https://api.github.com";

  /** @param {string} path below the repository */
  async function request(method, path, body) {
    const response = await fetch(`${origin}/repos/${repository}${path}`, {
      method,
      redirect: "error",
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "x-github-api-version": "2022-11-28",
        "user-agent": "keyless",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`GitHub answers ${response.status} to ${method} ${path}`);
    return response.status === 204 ? undefined : response.json();
  }

  return {
    get: (path) => request("GET", path),
    post: (path, body) => request("POST", path, body),
    patch: (path, body) => request("PATCH", path, body),
    /** Everything of a list, page by page. */
    async *list(path) {
      const separator = path.includes("?") ? "&" : "?";
      for (let page = 1; page <= pageLimit; page += 1) {
        const items = await request("GET", `${path}${separator}per_page=100&page=${page}`);
        yield* items;
        if (items.length < 100) return;
      }
    },
  };
}

/**
 * Whether a comment or issue is ours: written by this token's user, and beginning with the marker. Anyone may write a
 * comment with our marker; only what the bot wrote is taken for ours.
 */
export function isOurs({ body, user }, marker, bot = "github-actions[bot]") {
  return typeof body === "string" && body.startsWith(marker) && user?.login === bot;
}

/** The marker that a report begins with: an HTML comment, which GitHub does not show. */
export function markerOf(report) {
  const [first = ""] = report.split("\n", 1);
  if (!/^<!-- keyless [\w ,.=-]{1,300} -->$/.test(first)) throw new Error("the report does not begin with a marker");
  return first;
}

/** Value of `--NAME VALUE` on the command line. */
export function option(parameters, name) {
  const index = parameters.indexOf(`--${name}`);
  const value = index < 0 ? undefined : parameters[index + 1];
  if (value === undefined || value.startsWith("--")) throw new Error(`--${name} is missing`);
  return value;
}

/** Runs a script; an error is one line and exit code 1. */
export async function main(work) {
  try {
    console.log(await work(process.argv.slice(2), process.env));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function required(environment, name, form) {
  const value = environment[name] ?? "";
  if (!form.test(value)) throw new Error(`${name} is not set as it is in a job of GitHub Actions`);
  return value;
}
