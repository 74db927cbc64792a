@NullMarked
package io.penstock.dlq.replay;

import org.jspecify.annotations.NullMarked;
