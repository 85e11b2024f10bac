import { sentence } from "../text/sentence";
import { type AccessRule, changes } from "./finding";

/** Names of types that govern access. */
const governing =
  /_iam_|_iap_|(^|_)(access|acl|policy|policy_binding|credential|credentials|key|firewall|firewall_rule|permission|role|entitlement|oauth|security_policy|authorization_policy|client_tls_policy)($|_)/;
/** Those among them that do not: keys of encryption, of maps, policies of other sorts. */
const harmless =
  /_(ssl|resource|alert|retention|routing|response|notification|backup|autoscaling)_policy|_ssh_|_kms_crypto_key$|_network_firewall_policy$/;

/** Nothing that may govern access goes unmentioned only because it is not known here. */
export const uninterpretedRules: AccessRule = (sides) =>
  governing.test(sides.type) && !harmless.test(sides.type)
    ? [
        changes(
          "uninterpreted",
          "medium",
          "",
          sentence`${sides.type} governs access by its name, and is not interpreted here: look at its attributes.`,
        ),
      ]
    : [];
