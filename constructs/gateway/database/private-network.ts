import { ComputeGlobalAddress } from "@cdktf/provider-google/lib/compute-global-address";
import { ComputeNetwork } from "@cdktf/provider-google/lib/compute-network";
import { ComputeSubnetwork } from "@cdktf/provider-google/lib/compute-subnetwork";
import { ServiceNetworkingConnection } from "@cdktf/provider-google/lib/service-networking-connection";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { requireMatch, resourceNamePattern, waitingFor } from "../property-rules";

export interface PrivateNetworkProps {
  readonly projectId: string;
  readonly region: string;
  /** Name of the network and of what is in it. */
  readonly name: string;
  /** Range of the services that connect to the network, CIDR, /26 or larger: each instance of a service takes an address. */
  readonly range?: string;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * A network of its own between the apps and the database, without a way to or from the internet: one subnetwork that Cloud Run
 * services reach into (Direct VPC egress), and a range that Google's managed services are given (private services access).
 * Source: cloud.google.com/run/docs/configuring/vpc-direct-vpc, cloud.google.com/sql/docs/postgres/configure-private-services-access.
 *
 * @throws PropertyError for a name or range out of its form
 */
export class PrivateNetwork extends Construct {
  readonly networkId: string;
  readonly subnetworkId: string;
  /** Exists once managed services may take addresses; an instance made before has none to take. */
  readonly serviceConnection: ITerraformDependable;

  constructor(scope: Construct, id: string, props: PrivateNetworkProps) {
    super(scope, id);
    const { projectId: project, region, name, range = "10.8.0.0/24" } = props;
    requireMatch(this, "name", name, resourceNamePattern, "expected 1 to 63 of a-z, 0-9 and -, a letter first");
    const rangeRule = "expected a private IPv4 range of /26 or larger, such as 10.8.0.0/24";
    requireMatch(
      this,
      "range",
      range,
      /^(10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){2,3}\/(8|9|1\d|2[0-6])$/,
      rangeRule,
    );
    const waiting = waitingFor(props.dependsOn);
    const network = new ComputeNetwork(this, "network", {
      project,
      name,
      autoCreateSubnetworks: false,
      routingMode: "REGIONAL",
      ...waiting,
    });
    const subnetwork = new ComputeSubnetwork(this, "subnetwork", {
      project,
      region,
      name,
      network: network.id,
      ipCidrRange: range,
      privateIpGoogleAccess: true,
    });
    const services = new ComputeGlobalAddress(this, "services", {
      project,
      name: `${name}-services`,
      purpose: "VPC_PEERING",
      addressType: "INTERNAL",
      prefixLength: 20,
      network: network.id,
    });
    this.serviceConnection = new ServiceNetworkingConnection(this, "service-connection", {
      network: network.id,
      service: "servicenetworking.googleapis.com",
      reservedPeeringRanges: [services.name],
      // Google keeps a deleted instance's part of the range for days, and refuses to end the connection meanwhile; it goes with
      // the network.
      deletionPolicy: "ABANDON",
      ...waiting,
    });
    this.networkId = network.id;
    this.subnetworkId = subnetwork.id;
  }
}
