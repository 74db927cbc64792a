@NullMarked
package io.penstock.dlq.letter;

import org.jspecify.annotations.NullMarked;
