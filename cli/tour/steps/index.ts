import type { TourStep } from "../step";
import * as broker from "./broker";
import { reportBuilder } from "./direct-access";
import * as granted from "./federation-granted";
import * as denied from "./federation-refused";
import * as gateway from "./gateway";

/** The tour in the order in which it is walked. The step that moves the clock comes last. */
export const tourSteps: readonly TourStep[] = [
  broker.brokerToken,
  granted.githubMainBranch,
  granted.workspaceUser,
  granted.namedAdministrator,
  granted.administratorsGroup,
  reportBuilder,
  gateway.ownTickets,
  gateway.logOut,
  broker.noClientCertificate,
  broker.otherAuthority,
  broker.unlistedClient,
  broker.forgedCertificateHeaders,
  denied.forkPullRequest,
  denied.otherRepository,
  denied.expiredToken,
  denied.wrongAudienceToken,
  denied.wrongIssuerToken,
  denied.badlySignedToken,
  denied.overlongSubject,
  denied.otherEnvironmentsAccount,
  gateway.withoutGroup,
  gateway.withoutLoadBalancer,
  gateway.forgedAssertion,
  gateway.expiredAssertion,
  gateway.wrongAudienceAssertion,
  gateway.forgedIdentityHeaders,
  broker.refreshWhileReading,
];
