/** Forms of names that several Google APIs share. */

/** Digits. */
export const organizationIdPattern = /^[0-9]{6,25}$/;
export const projectNumberPattern = /^[0-9]{6,25}$/;
/** 6 to 30 of a-z, 0-9 and -, a letter first, no hyphen last. */
export const projectIdPattern = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;
/** Enough of RFC 5321 for an address that Google would take. */
export const emailPattern = /^(?=.{6,254}$)[A-Za-z0-9._%+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
/** Name of an API: `iam.googleapis.com`. */
export const apiNamePattern = /^[a-z0-9-]{2,60}(\.[a-z0-9-]{2,60})*\.googleapis\.com$/;
