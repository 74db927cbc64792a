/** The rows between two offsets of one partition, their cut into inserts and their tokens. */
@NullMarked
package io.penstock.delivery.block;

import org.jspecify.annotations.NullMarked;
