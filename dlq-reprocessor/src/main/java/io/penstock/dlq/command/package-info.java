/** The commands of {@code ./penstock dlq}: their options, what they read, and how they show it. */
@NullMarked
package io.penstock.dlq.command;

import org.jspecify.annotations.NullMarked;
