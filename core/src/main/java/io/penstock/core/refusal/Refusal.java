package io.penstock.core.refusal;

/**
 * Why an event was refused, for the dead letter's headers.
 *
 * @param reason the code that on-call groups and alerts by
 * @param field the field of the event contract at fault, or "" where it is none: part of the
 *     fingerprint
 * @param detail names the field, the rule and the value's shape; never a value that may be secret
 */
public record Refusal(Reason reason, String field, String detail) {}
