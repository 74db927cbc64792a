@NullMarked
package io.penstock.dlq.forecast;

import org.jspecify.annotations.NullMarked;
