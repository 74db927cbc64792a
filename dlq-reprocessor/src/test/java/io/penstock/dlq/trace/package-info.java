@NullMarked
package io.penstock.dlq.trace;

import org.jspecify.annotations.NullMarked;
