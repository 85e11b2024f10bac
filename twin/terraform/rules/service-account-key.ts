import type { RulesOfType } from "./google-resource";
import { keyCreationRefusal } from "./organization-policy-enforcement";
import { text } from "./values";

/** Keys of service accounts: known, and never made. */
export const serviceAccountKeyRules: readonly RulesOfType[] = [
  [
    "google_service_account_key",
    {
      forceNew: [
        "service_account_id",
        "key_algorithm",
        "private_key_type",
        "public_key_type",
        "public_key_data",
        "keepers",
      ],
      defaults: { key_algorithm: "KEY_ALG_RSA_2048", private_key_type: "TYPE_GOOGLE_CREDENTIALS_FILE" },
      identity: (values) => `${text(values, "service_account_id") ?? ""}/keys/none`,
      computed: () => ({}),
      refuseCreate: keyCreationRefusal,
    },
  ],
];
