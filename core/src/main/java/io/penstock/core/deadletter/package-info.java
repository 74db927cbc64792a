/**
 * What a dead letter is: its reasons, its headers, its record. Shared by the router and the
 * reprocessor.
 */
@NullMarked
package io.penstock.core.deadletter;

import org.jspecify.annotations.NullMarked;
