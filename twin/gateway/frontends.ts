import type { JsonObject, Resource } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import { DerivedValues } from "./derived-values";
import { block, blocks, flag, refersTo, text, texts } from "./resource-values";
import { hostsOf } from "./url-map";

/** A global forwarding rule on port 443 with all that hangs from it. */
export interface Frontend {
  readonly stack: string;
  /** IP address; rules of one address belong together. */
  readonly address: string | undefined;
  /** Hosts that the URL map or the certificates name. */
  readonly hosts: ReadonlySet<string>;
  readonly urlMap: JsonObject;
  /** Set where the target proxy has a server_tls_policy: such a frontend belongs to the machine front alone. */
  readonly clientValidation: ClientValidation | undefined;
}

/** google_network_security_server_tls_policy with its trust config; broken references leave no anchor, so nobody passes. */
export interface ClientValidation {
  readonly mode: "REJECT_INVALID" | "ALLOW_INVALID_OR_MISSING_CLIENT_CERT";
  /** PEM certificates. */
  readonly trustAnchors: readonly string[];
  readonly intermediates: readonly string[];
}

/** A global forwarding rule on port 80. */
export interface PlainHttpFrontend {
  readonly address: string | undefined;
  readonly urlMap: JsonObject;
}

export interface Frontends {
  readonly https: readonly Frontend[];
  readonly http: readonly PlainHttpFrontend[];
}

/** Reads the frontends off the store, again only after it changed. */
export function frontendsOf(store: ResourceStore): () => Frontends {
  const derived = new DerivedValues<Frontends>(store);
  return () => derived.get("", () => readFrontends(store));
}

function readFrontends(store: ResourceStore): Frontends {
  const rules = store
    .ofType("google_compute_global_forwarding_rule")
    .filter(({ values }) => text(values, "load_balancing_scheme") === "EXTERNAL_MANAGED");
  return {
    https: rules.filter((rule) => hasPort(rule, "443")).flatMap((rule) => readHttpsFrontend(store, rule)),
    http: rules.filter((rule) => hasPort(rule, "80")).flatMap((rule) => readPlainHttpFrontend(store, rule)),
  };
}

const hasPort = (rule: Resource, port: string): boolean =>
  [port, `${port}-${port}`].includes(text(rule.values, "port_range") ?? "");

/** The resource that a rule's or proxy's argument refers to, in the same stack. */
function referredTo(
  store: ResourceStore,
  type: string,
  from: Resource,
  reference: string | undefined,
): Resource | undefined {
  return store.find(type, (candidate) => candidate.stack === from.stack && refersTo(reference, candidate));
}

/** ip_address names a google_compute_global_address or is an address itself. */
function addressOf(store: ResourceStore, rule: Resource): string | undefined {
  const written = text(rule.values, "ip_address");
  const address = referredTo(store, "google_compute_global_address", rule, written);
  return address === undefined ? written : text(address.values, "address");
}

function readHttpsFrontend(store: ResourceStore, rule: Resource): readonly Frontend[] {
  const proxy = referredTo(store, "google_compute_target_https_proxy", rule, text(rule.values, "target"));
  const urlMap = proxy && referredTo(store, "google_compute_url_map", proxy, text(proxy.values, "url_map"));
  if (proxy === undefined || urlMap === undefined) return [];
  return [
    {
      stack: rule.stack,
      address: addressOf(store, rule),
      hosts: new Set(
        [...hostsOf(urlMap.values), ...certificateDomains(store, proxy)].map((host) => host.toLowerCase()),
      ),
      urlMap: urlMap.values,
      clientValidation: readClientValidation(store, proxy),
    },
  ];
}

function readPlainHttpFrontend(store: ResourceStore, rule: Resource): readonly PlainHttpFrontend[] {
  const proxy = referredTo(store, "google_compute_target_http_proxy", rule, text(rule.values, "target"));
  const urlMap = proxy && referredTo(store, "google_compute_url_map", proxy, text(proxy.values, "url_map"));
  return urlMap === undefined ? [] : [{ address: addressOf(store, rule), urlMap: urlMap.values }];
}

function certificateDomains(store: ResourceStore, proxy: Resource): readonly string[] {
  return texts(proxy.values, "ssl_certificates").flatMap((reference) => {
    const certificate = referredTo(store, "google_compute_managed_ssl_certificate", proxy, reference);
    return certificate === undefined
      ? []
      : blocks(certificate.values, "managed").flatMap((managed) => texts(managed, "domains"));
  });
}

function readClientValidation(store: ResourceStore, proxy: Resource): ClientValidation | undefined {
  // Presence of the argument alone keeps the proxy off the people's listener, whatever it resolves to.
  if (proxy.values["server_tls_policy"] === undefined || proxy.values["server_tls_policy"] === null) return undefined;
  const policy = referredTo(
    store,
    "google_network_security_server_tls_policy",
    proxy,
    text(proxy.values, "server_tls_policy"),
  );
  const mutual = policy && block(policy.values, "mtls_policy");
  if (policy === undefined || mutual === undefined || flag(policy.values, "allow_open")) {
    return { mode: "REJECT_INVALID", trustAnchors: [], intermediates: [] };
  }
  const reference = text(mutual, "client_validation_trust_config");
  const trustConfig = store.find(
    "google_certificate_manager_trust_config",
    (candidate) => candidate.stack === policy.stack && refersToTrustConfig(reference, candidate),
  );
  const stores = trustConfig === undefined ? [] : blocks(trustConfig.values, "trust_stores");
  const certificates = (name: string): readonly string[] =>
    stores.flatMap((entry) => blocks(entry, name)).flatMap((entry) => text(entry, "pem_certificate") ?? []);
  return {
    mode:
      text(mutual, "client_validation_mode") === "ALLOW_INVALID_OR_MISSING_CLIENT_CERT"
        ? "ALLOW_INVALID_OR_MISSING_CLIENT_CERT"
        : "REJECT_INVALID",
    trustAnchors: certificates("trust_anchors"),
    intermediates: certificates("intermediate_cas"),
  };
}

/** The reference carries the project's number where the resource's id carries the project's id, so the rest is compared. */
function refersToTrustConfig(reference: string | undefined, trustConfig: Resource): boolean {
  const id = text(trustConfig.values, "id");
  if (reference === undefined || id === undefined) return false;
  return refersTo(reference, trustConfig) || withoutProject(reference) === withoutProject(id);
}

const withoutProject = (id: string): string => id.replace(/^projects\/[^/]+\//, "");
