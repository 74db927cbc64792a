@NullMarked
package io.penstock.dlq.archive;

import org.jspecify.annotations.NullMarked;
