import { groups, namedAdministratorSubject, workspace } from "./company";

/** A person of the company as the local twin knows them: their Entra object and, where they have one, their Workspace account. */
export interface Person {
  readonly key: string;
  readonly displayName: string;
  readonly email: string;
  /** Object id in Entra. */
  readonly entraObjectId: string;
  /** Object ids of the Entra groups they belong to. */
  readonly entraGroups: readonly string[];
  /** Object id of the person whom they report to in Entra. */
  readonly entraManager?: string;
  /** Numeric Google Workspace subject. */
  readonly workspaceSubject?: string;
}

const person = (number: number, key: string, displayName: string, ...memberOf: (keyof typeof groups)[]): Person => ({
  key,
  displayName,
  email: `${key}@${workspace.hostedDomain}`,
  entraObjectId: `a3b9d2c0-51e7-4d7a-8c1e-00000000000${number}`,
  entraGroups: memberOf.map((group) => groups[group]),
});

/** Looks after the service desk and has every group. */
const administrator = person(
  4,
  "administrator",
  "Administrator",
  "employees",
  "service-desk",
  "marketing",
  "asset-management",
  "administrators",
);

/** The people who can log in to the local twin. They are named for what they do. */
export const people: readonly Person[] = [
  {
    ...person(1, "desk-agent", "Service desk agent", "employees", "service-desk"),
    workspaceSubject: "104857600123456780001",
    entraManager: administrator.entraObjectId,
  },
  {
    ...person(2, "second-desk-agent", "Second service desk agent", "employees", "service-desk"),
    entraManager: administrator.entraObjectId,
  },
  person(3, "marketing-manager", "Marketing manager", "employees", "marketing"),
  { ...administrator, workspaceSubject: namedAdministratorSubject },
  person(5, "guest", "Guest without a group"),
];
