package io.penstock.provisioning.account;

/**
 * Offsets of which somebody should know.
 *
 * @param from the first
 * @param to behind the last
 * @param what is the matter with them
 */
public record Gap(String topicId, int partition, long from, long to, String what) {}
