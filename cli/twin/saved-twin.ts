import { createTwinKeys, loadResources, readTwinKeys, SavedResourcesError, saveResources, type Twin } from "../../twin";
import { type Environments, inOrder } from "../environments";
import { hostsOf, type LocalTwinOptions, startEmptyTwin } from "../start/local-twin";
import { UserError } from "../user-error";
import type { TwinHome } from "./twin-home";

const resourcesName = "resources.json";
const keysName = "keys.json";

/** Milliseconds between two looks at whether something was applied. */
const lookInterval = 100;

export interface SavedTwin {
  readonly twin: Twin;
  /** Saves what is there now, and ends the twin. */
  close(): Promise<void>;
}

/**
 * Starts a twin that goes on where the last one of this home ended, and keeps what is applied to it. This process owns
 * the home. What a killed process had not saved yet is as if the cloud had lost it: the next plan finds it missing.
 *
 * @throws {UserError} where a port is taken, or what was saved cannot be read
 */
export async function startSavedTwin(
  home: TwinHome,
  environments: Environments,
  options: LocalTwinOptions = {},
): Promise<SavedTwin> {
  const keptKeys = await home.read(keysName);
  // Certificates run by real time, whatever the twin's clock says.
  const known = keptKeys === undefined ? undefined : readTwinKeys(keptKeys, Date.now());
  const keys = known ?? (await createTwinKeys());
  if (known === undefined) await home.write(keysName, JSON.stringify(keys));
  const all = inOrder(environments);
  const twin = await startEmptyTwin(all, { ...options, keys, directory: home.scratch });
  try {
    const resources = await home.read(resourcesName);
    if (resources !== undefined) loadSaved(twin, resources);
    twin.describe(hostsOf(all));
  } catch (error) {
    await twin.close();
    throw error;
  }
  let saved = twin.store.version;
  let saving: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    if (twin.store.version === saved) return saving;
    saved = twin.store.version;
    const content = saveResources(twin.store, Date.now());
    saving = saving.catch(() => undefined).then(() => home.write(resourcesName, content));
    return saving;
  };
  const timer = setInterval(() => {
    save().catch(() => {
      // Such as a full disk: tried again at the next look, and what is wrong is said at the end.
      saved = -1;
    });
  }, lookInterval);
  timer.unref();
  return {
    twin,
    close: async () => {
      clearInterval(timer);
      await twin.close();
      await save();
    },
  };
}

function loadSaved(twin: Twin, text: string): void {
  try {
    loadResources(twin.store, text, Date.now());
  } catch (error) {
    if (!(error instanceof SavedResourcesError)) throw error;
    throw new UserError(
      `what the twin has kept cannot be read (${error.message}). Start it afresh: keyless twin reset`,
    );
  }
}
