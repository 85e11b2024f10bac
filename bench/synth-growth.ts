import { App } from "cdktf";
import { Construct } from "constructs";
import { EnvironmentStack } from "../environments/environment-stack";
import { loadEnvironment } from "../environments/load";
import type { Environment } from "../environments/schema";

/** Synthesizes `count` apps in one environment, or `count` environments; prints how many milliseconds it took. */
const [dimension, count = "1", outdir = ""] = process.argv.slice(2);
const base = loadEnvironment("dev");

function withApps(total: number): Environment {
  const [first] = base.gateway.apps;
  if (first === undefined) throw new Error("dev has no app");
  const apps = Array.from({ length: total }, (_, index) =>
    index === 0 ? first : { ...first, name: `app-${index}`, path: `/app-${index}` },
  );
  return { ...base, gateway: { ...base.gateway, apps } };
}

function synthesize(total: number): number {
  const started = performance.now();
  const app = new App({ outdir, stackTraces: false, skipValidation: true });
  if (dimension === "apps") new EnvironmentStack(app, withApps(total));
  else for (let index = 0; index < total; index += 1) new EnvironmentStack(new Construct(app, `copy-${index}`), base);
  app.synth();
  return performance.now() - started;
}

// Once with little, so that what is measured is the work and not the first run of the code.
synthesize(2);
process.stdout.write(String(synthesize(Number(count))));
