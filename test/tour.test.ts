import { loadEnvironments } from "../cli/environments";
import { startLocalTwin } from "../cli/start/local-twin";
import { Progress } from "../cli/start/progress";
import type { TourContext } from "../cli/tour/context";
import { runStep } from "../cli/tour/step";
import { tourSteps } from "../cli/tour/steps";
import { withTourContext } from "../cli/tour/tour";
import { environmentNames } from "../environments/load";
import type { Twin } from "../twin";

/** One twin with all environments; each step of the tour is a test in each environment. */
describe("the tour on the local twin", () => {
  const environments = loadEnvironments();
  let twin: Twin;

  beforeAll(async () => {
    twin = await startLocalTwin(new Progress({ write: () => true }), environments);
  }, 120_000);

  afterAll(async () => {
    await twin?.close();
  });

  describe.each(environmentNames)("%s", (name) => {
    const environment = environments[name];

    it.each(tourSteps.map((step) => ({ step, title: step.title, decision: step.expects(environment).decision })))(
      "$decision: $title",
      async ({ step }) => {
        await withTourContext({ twin, environment, environments }, async (context: TourContext) => {
          const { outcome } = await runStep(step, context);
          expect(outcome).toMatchObject({ ok: true });
        });
      },
      60_000,
    );
  });
});
