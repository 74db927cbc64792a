/**
 * Brings dead letters' events back to the events topic: what is sent, in which transactions, who
 * may do it at a time, and what came of it.
 */
@NullMarked
package io.penstock.dlq.replay;

import org.jspecify.annotations.NullMarked;
