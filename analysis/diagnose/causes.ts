import { accessCauses } from "./access-causes";
import { exchangeCauses } from "./exchange-causes";
import { surroundingCauses } from "./surrounding-causes";

/** Why exchanges, impersonations and sign-ins fail, and what to do: one entry for each cause, named for programs. */
export const causes = { ...exchangeCauses, ...accessCauses, ...surroundingCauses } as const;

export type CauseId = keyof typeof causes;
