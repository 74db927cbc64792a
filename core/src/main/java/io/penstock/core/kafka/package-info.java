/** The two topics as Penstock needs them. */
@NullMarked
package io.penstock.core.kafka;

import org.jspecify.annotations.NullMarked;
