import type { Environment } from "../../environments/schema";
import type { Twin } from "../../twin";

/** What the steps of a tour work with. */
export interface TourContext {
  /** The environment whose steps are walked. */
  readonly environment: Environment;
  /** All environments, by name: crossing from one to another is tried. */
  readonly environments: Readonly<Record<string, Environment>>;
  readonly twin: Twin;
  /** A private folder for certificates and token files; removed after the tour. */
  readonly directory: string;
}
