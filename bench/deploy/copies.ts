import { App } from "cdktf";
import { EnvironmentStack } from "../../environments/environment-stack";
import { loadEnvironment } from "../../environments/load";

/** Synthesizes dev with so many copies of its list of apps; the first copy is the list itself. */
const [copies = "1", outdir = "", stateDirectory] = process.argv.slice(2);
const dev = loadEnvironment("dev");
const apps = Array.from({ length: Number(copies) }, (_, copy) =>
  dev.gateway.apps.map((app) =>
    copy === 0
      ? app
      : {
          ...app,
          name: `${app.name}-${copy}`,
          serves: app.serves ?? app.name,
          path: app.path === "/" ? `/landing-${copy}` : `${app.path}-${copy}`,
          // Entra has at most twenty federated credentials on an application.
          readsDirectory: false,
        },
  ),
).flat();
const app = new App({ outdir, stackTraces: false, skipValidation: true });
new EnvironmentStack(app, { ...dev, gateway: { ...dev.gateway, apps } }, stateDirectory);
app.synth();
process.stdout.write(String(apps.length));
