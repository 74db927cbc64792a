package io.penstock.provisioning.account;

/**
 * Offsets of which somebody should know.
 *
 * @param topicId of the topic that had the name
 * @param partition of that topic
 * @param from the first
 * @param to behind the last
 * @param what is the matter with them
 */
public record Gap(String topicId, int partition, long from, long to, String what) {}
