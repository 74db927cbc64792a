package io.penstock.core.observe;

/**
 * Something that is wrong with this process, or with what it needs.
 *
 * @param id what it is, the same as long as it lasts, such as {@code kafka-silent} or {@code
 *     partition-stalled:shared_raw_events-3}; for scripts, a contract up to the colon
 * @param text a sentence for the person who was paged; may tell numbers that change
 */
public record Problem(String id, String text) {}
