@NullMarked
package io.penstock.dlq.correction;

import org.jspecify.annotations.NullMarked;
