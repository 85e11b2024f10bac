import { TerraformVariable } from "cdktf";
import { clientCertificateRequestHeaders } from "../../facts/client-certificate-headers";
import { PropertyError } from "../federation/property-error";
import { exampleGateway, exampleMachineFront } from "./example-props";
import { MachineFront, type MachineFrontProps } from "./machine-front";
import { PeopleGateway } from "./people-gateway";
import { blockOf, blocksOf, reference, synthesize } from "./synthesized";

const front = (changes: Partial<MachineFrontProps> = {}) =>
  synthesize((stack) => {
    new MachineFront(stack, "machine-front", { ...exampleMachineFront, ...changes });
  });
const synthesized = front();

describe("the machine front", () => {
  it("ends the handshake of a client without a certificate of the trust anchor", () => {
    const policy = synthesized.only("google_network_security_server_tls_policy");
    expect(policy["allow_open"]).toBe(false);
    expect(blockOf(policy, "mtls_policy")["client_validation_mode"]).toBe("REJECT_INVALID");
    expect(policy["lifecycle"]).toEqual({ create_before_destroy: true });
    const proxy = synthesized.only("google_compute_target_https_proxy");
    expect(proxy["server_tls_policy"]).toMatch(/^\$\{google_network_security_server_tls_policy\.[\w-]+\.id\}$/);
    expect(proxy["tls_early_data"]).toBe("DISABLED");
  });

  it("names the trust config by project number", () => {
    const policy = synthesized.only("google_network_security_server_tls_policy");
    expect(blockOf(policy, "mtls_policy")["client_validation_trust_config"]).toMatch(
      /^projects\/710000000001\/locations\/global\/trustConfigs\/\$\{google_certificate_manager_trust_config\.[\w-]+\.name\}$/,
    );
  });

  it("takes the trust anchor from a variable", () => {
    const json = synthesize((stack) => {
      const pem = new TerraformVariable(stack, "machine_trust_anchor_pem", { type: "string" });
      new MachineFront(stack, "machine-front", { ...exampleMachineFront, trustAnchorPem: pem.stringValue });
    });
    const [store] = blocksOf(json.only("google_certificate_manager_trust_config"), "trust_stores");
    expect(blocksOf(store ?? {}, "trust_anchors")).toEqual([
      { pem_certificate: reference("var.machine_trust_anchor_pem") },
    ]);
  });

  it("answers on port 443 only", () => {
    expect(synthesized.only("google_compute_global_forwarding_rule")["port_range"]).toBe("443");
  });

  it("tells the backend of the certificate, and no IAP stands before it", () => {
    const backend = synthesized.only("google_compute_backend_service");
    expect(backend["custom_request_headers"]).toEqual(clientCertificateRequestHeaders);
    expect(backend).not.toHaveProperty("iap");
    for (const argument of ["timeout_sec", "port_name", "health_checks"]) expect(backend).not.toHaveProperty(argument);
    const group = synthesized.only("google_compute_region_network_endpoint_group");
    expect(blockOf(group, "cloud_run")).toEqual({ service: "token-broker" });
  });

  it("shares no address, proxy, URL map, backend or service with the people's front", () => {
    const both = synthesize((stack) => {
      new PeopleGateway(stack, "people-gateway", exampleGateway);
      new MachineFront(stack, "machine-front", exampleMachineFront);
    });
    const of = (part: "people-gateway" | "machine-front") => {
      const rules = both
        .all()
        .filter(({ address }) => address.startsWith(`google_compute_global_forwarding_rule.${part}`));
      const reached = new Set<string>();
      const reach = (address: string): void => {
        if (reached.has(address)) return;
        reached.add(address);
        const resource = both.all().find((candidate) => candidate.address === address);
        if (resource !== undefined) both.referencesOf(resource).forEach(reach);
      };
      for (const { address } of rules) reach(address);
      return reached;
    };
    const people = of("people-gateway");
    const machines = of("machine-front");
    expect(people.size).toBeGreaterThan(10);
    expect(machines.size).toBeGreaterThan(7);
    expect([...people].filter((address) => machines.has(address))).toEqual([]);
    expect([...people].join()).not.toContain("server_tls_policy");
    const services = both
      .ofType("google_compute_region_network_endpoint_group")
      .map((group) => blockOf(group, "cloud_run")["service"]);
    expect(new Set(services).size).toBe(services.length);
  });

  it.each<[string, string]>([
    ["nothing", ""],
    ["two certificates", exampleMachineFront.trustAnchorPem.repeat(2)],
    ["more than Google takes", `-----BEGIN CERTIFICATE-----\n${"A".repeat(6000)}\n-----END CERTIFICATE-----`],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END PRIVATE KEY-----\n"],
  ])("refuses %s as trust anchor and does not repeat it", (_, trustAnchorPem) => {
    const attempt = () => front({ trustAnchorPem });
    expect(attempt).toThrow(PropertyError);
    expect(attempt).toThrow(
      /^test\/machine-front: trustAnchorPem is "\d+ characters"; expected one certificate as PEM/,
    );
  });

  it("refuses a project id where the number belongs", () => {
    expect(() => front({ projectNumber: "example-dev" })).toThrow(/projectNumber is "example-dev"; expected/);
  });
});
