/**
 * The access analysis: reads Terraform JSON and decides who can become what.
 *
 * The functions that make up its public face; each is documented where it is defined.
 *
 * readTerraformJson(text, stack)                 -> TerraformConfiguration
 * resolveConfiguration(configuration, options)   -> Resource[]
 * buildAccessModel(resources)                    -> AccessModel
 * evaluateExchange(model, audience, credential)  -> ExchangeDecision
 * evaluateImpersonation(model, identity, accountEmail, permission, now) -> AccessDecision
 * evaluateAccess(model, identity, permission, resource, now)            -> AccessDecision
 */
export type { AccessDecision, ExchangeDecision, ExternalCredential, FederatedIdentity, Identity, ServiceAccountIdentity } from "./access/decision";
export type { Json, JsonObject, Resource } from "./terraform/resource";
