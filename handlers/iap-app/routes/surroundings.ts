import type { IapAppConfig } from "../config";
import type { FindPerson } from "../person";
import type { AppSchema } from "../rows/migrations";
import type { Rows } from "../rows/rows";

/** What the routes of an app work with. */
export interface RouteSurroundings {
  readonly config: IapAppConfig;
  /** Undefined where the configuration names no directory. */
  readonly findPerson: FindPerson | undefined;
  openRows(schema: AppSchema): Promise<Rows>;
}
