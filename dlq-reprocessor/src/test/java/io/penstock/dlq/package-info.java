@NullMarked
package io.penstock.dlq;

import org.jspecify.annotations.NullMarked;
